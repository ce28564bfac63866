import{c as t}from"./studio-BiKArUk1.js";const e={name:"square",size:24,node:[["rect",{width:"18",height:"18",x:"3",y:"3",rx:"2",key:"afitv7"}]]};e.node;const o=t(e);export{o as S};
