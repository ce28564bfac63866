import{c as e}from"./studio-BiKArUk1.js";const c={name:"check",size:24,node:[["path",{d:"M20 6 9 17l-5-5",key:"1gmf2c"}]]};c.node;const a=e(c);export{a as C};
